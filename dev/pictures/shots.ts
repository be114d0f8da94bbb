import { type Frame, pageOf, type Theme } from "./page.ts";

/** A page of test/views/golden: what the tests hold the views to is what is drawn. */
export interface ShotPlan {
  readonly golden: string;
  /** Folds are open. */
  readonly open?: true;
}

export const SHOTS: readonly ShotPlan[] = [
  { golden: "plan-ships", open: true },
  { golden: "plan-problems" },
  { golden: "plan-running" },
  { golden: "release-starting" },
  { golden: "release-healthy", open: true },
  { golden: "release-approval" },
  { golden: "reminder" },
  { golden: "plan-gated" },
  { golden: "release-gate-pending" },
  { golden: "release-gate-closed" },
  { golden: "release-proposed" },
  { golden: "release-frozen" },
  { golden: "release-stable-behind" },
  { golden: "release-hand-edit" },
  { golden: "release-unavailable" },
  { golden: "release-rolling-back" },
  { golden: "release-rollback-blocked" },
  { golden: "release-rolled-back" },
  { golden: "release-promoting" },
  { golden: "release-promoted" },
  { golden: "proposal-weight" },
  { golden: "rollback-auto", open: true },
  { golden: "rollback-blocked" },
];

/** The page around a golden one, by what its first line says. */
export function shotOf({ golden, open }: ShotPlan, text: string, theme: Theme): string {
  const [first = "", ...rest] = text.split("\n");
  const below = rest.join("\n").trim();
  const page = (frame: Frame, markdown: string) => pageOf({ frame, markdown, theme, open: open === true });
  if (golden.startsWith("release-") || golden === "reminder") return page({ kind: "comment" }, text);
  if (golden.startsWith("rollback-") || golden.startsWith("proposal-"))
    return page({ kind: "pull", title: first }, below);
  const [conclusion = "", title = ""] = first.split(/: (.*)/);
  return page({ kind: "check", conclusion, title }, below);
}
