/** One thing that was looked at. */
export interface Finding {
  /** What it is about, such as `GitHub App` or `acme/shop checkout`; findings of one area stand together. */
  readonly about: string;
  readonly status: "ok" | "warning" | "problem";
  /** A sentence. */
  readonly what: string;
  /** What to do, a sentence; null where nothing needs to be done. */
  readonly fix: string | null;
}

/** Findings about one thing. */
export function findingsAbout(about: string) {
  return {
    ok: (what: string): Finding => ({ about, status: "ok", what, fix: null }),
    warning: (what: string, fix: string): Finding => ({ about, status: "warning", what, fix }),
    problem: (what: string, fix: string): Finding => ({ about, status: "problem", what, fix }),
  };
}

/** A clause from elsewhere as a sentence. */
export function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
