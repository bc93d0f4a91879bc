/** What a long build tells of itself. Nothing is told if everything is in the cache. */
export interface Progress {
  /** What is being done: `compiling packet_fifo_w64 (fast)`. */
  readonly what: string;
  /** Steps done, and steps in all. */
  readonly done: number;
  readonly of: number;
}

export type OnProgress = (progress: Progress) => void;
