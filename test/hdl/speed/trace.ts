/** A clock cycle with every signal of the design traced. */
import type { BuiltinEngine } from '@vtoe/hdl';
import { watchAll } from '@vtoe/hdl/internal/sim/wave/watch';

export function tracedCycle(engine: BuiltinEngine): () => void {
  const watch = watchAll(engine);
  return () => {
    watch.sample();
    engine.run(1);
  };
}
