/** A button of a check run: at most 20, 40 and 20 characters. */
export interface CheckButton {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

/** What a check run shows; the commit and the id it is found by are the caller's. */
export interface CheckView {
  readonly name: string;
  readonly status: "in_progress" | "completed";
  readonly conclusion: "success" | "failure" | "neutral" | "action_required" | null;
  readonly title: string;
  readonly summary: string;
  /** At most three, on completed runs only; absent where there never were any. */
  readonly actions?: readonly CheckButton[];
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}
