/** The parameters as the reference shows them. */
import { PARAMETERS } from './config.ts';

export function configMarkdown(): string {
  return [
    '| parameter | default | allowed | what |', '| --- | --- | --- | --- |',
    ...Object.entries(PARAMETERS).map(([key, { initial, allowed, doc }]) => `| \`${key}\` | ${defaultText(initial)} | ${allowed} | ${doc} |`),
  ].join('\n');
}

function defaultText(initial: unknown): string {
  if (Array.isArray(initial)) return initial.length === 0 ? 'none' : initial.join(', ');
  return typeof initial === 'object' && initial !== null && 'text' in initial ? String(initial.text) : String(initial);
}
