import type { Octokit } from "@octokit/rest";
import type { CommentFacts } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { factsOf } from "./comments.ts";
import { called } from "./directory.ts";

/** Read at once. */
const PAGES = 10;
const EACH = 100;

export interface Said {
  /** Oldest first. */
  readonly comments: readonly CommentFacts[];
  /** Where there is more: all that was said before this time is among them (epoch ms). null: that is all of it. */
  readonly until: number | null;
}

/**
 * What was said on all pull requests of a repository since `since` (epoch ms), the oldest 1,000 of it. For whoever no
 * webhook tells. A failure is a ForgeError.
 */
export async function saidSince(
  octokit: Octokit,
  { owner, name }: RepositoryId,
  since: number,
): Promise<Said> {
  return called(async () => {
    const found = new Map<number, CommentFacts>();
    // By time and not by number: a comment that is edited meanwhile leaves its page, and another slips out of the next.
    let [from, page] = [second(since), 1];
    for (let read = 1; ; read += 1) {
      const { data } = await octokit.rest.issues.listCommentsForRepo({
        owner,
        repo: name,
        sort: "updated",
        direction: "asc",
        since: new Date(from).toISOString(),
        per_page: EACH,
        page,
      });
      for (const comment of data) {
        // An issue's comments are in the same list.
        if (/\/pull\/\d+#/.test(comment.html_url)) found.set(comment.id, factsOf(comment));
      }
      const last = data.at(-1);
      const comments = [...found.values()].toSorted((a, b) => a.id - b.id);
      if (data.length < EACH || !last) return { comments, until: null };
      // Others of that second may be on the next page, and whether `since` takes its own in is not for us to rely on.
      const until = second(Date.parse(last.updated_at)) - 1000;
      // Where a second has more than a page, it is read to its end.
      if (until <= from) page += 1;
      else if (read >= PAGES) return { comments, until };
      else [from, page] = [until, 1];
    }
  });
}

/** GitHub's times are whole seconds. */
function second(at: number): number {
  return Math.floor(at / 1000) * 1000;
}
