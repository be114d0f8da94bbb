/** The only source of time for `reconcile`. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
}
