/** Holds messages until somebody works on them; each at least once. */
export interface Queue {
  send(messages: readonly Waiting[]): Promise<void>;
}

export interface Waiting {
  /** Of those with one id, sent within a few minutes, only the first counts. */
  readonly id: string;
  /** One of a group at a time, in the order they were sent. */
  readonly group: string;
  readonly body: string;
}
