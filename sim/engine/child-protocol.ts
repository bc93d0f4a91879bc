/** What parent and child say to each other, a line of JSON each. */

/** First line of the child's standard input; the word `interrupt` may follow. At its end the parent is gone. */
export interface ChildRequest {
  readonly module: string;
  readonly input: unknown;
}

/** Lines of the child's file descriptor 3. The last is a result or a failure, unless the child crashed. */
export type ChildLine =
  | { readonly kind: 'message'; readonly message: unknown }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failure'; readonly sentence: string; readonly isInterrupt: boolean };

export const LINES_DESCRIPTOR = 3;

/** What the child's main thread gives to the thread that the bench runs on. */
export interface WorkerData {
  readonly request: ChildRequest;
  /** A word: 1 when the bench is to end. A bench runs without pause and would not hear a signal. */
  readonly interrupted: SharedArrayBuffer;
}
