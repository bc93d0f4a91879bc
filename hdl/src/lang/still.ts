/** Whether anything changes: for simulations that skip the time in which nothing does. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { ZERO } from '../ir/stillness.ts';
import type { Instance } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import { current } from './context.ts';
import { INSTANCE } from './instance.ts';
import { checkedOptions } from './options.ts';
import { Bool } from './shape.ts';
import { netLeaf } from './state.ts';
import type { Bool as BoolValue } from './types.ts';

export interface StillOptions {
  /** Instances of this module that may change all the same: a clock, say. */
  readonly except?: readonly object[];
}

/**
 * No register of the running module changes at the end of this cycle, and none of its instances but `except`; nor is a memory written.
 * Exact for registers, whatever changes them; the data register of a synchronous read follows one cycle later and is not looked at,
 * nor are registers for assertions. Every register below gets a comparison: not for hardware.
 *
 * State that depends on it must stand in an instance of `except`, else it would depend on itself.
 */
export function still(options?: StillOptions): BoolValue {
  const builder = current('still');
  const { except = [] } = checkedOptions('still', options, ['except']);
  if (!Array.isArray(except)) fail('argument', 'still', 'except', 'a list of instances of the running module', describe(except));
  const at = Locator.here();
  const apart = except.map((views): Instance => {
    const instance = (views as { readonly [INSTANCE]?: Instance } | null)?.[INSTANCE];
    if (instance === undefined || !builder.instances.some((draft) => draft.instance === instance)) return fail('argument', 'still', 'except', 'instances of the running module', describe(views));
    return instance;
  });
  const net = builder.net({ kind: 'wire', width: 1, isBool: true, at });
  // What it says is known when the body has ended.
  builder.assign(net, ZERO, at);
  builder.stills.push({ net, except: new Set(apart) });
  return netLeaf(builder, net, Bool, false) as unknown as BoolValue;
}
