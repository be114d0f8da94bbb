import type { Octokit } from "@octokit/rest";
import type { CommentFacts } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { factsOf } from "./comments.ts";
import { called } from "./directory.ts";

/** Of a hundred each. */
const PAGES = 5;

/**
 * What was said on all pull requests of a repository since `since` (epoch ms), the newest 500, oldest first. For
 * whoever no webhook tells. A failure is a ForgeError.
 */
export async function saidSince(
  octokit: Octokit,
  { owner, name }: RepositoryId,
  since: number,
): Promise<readonly CommentFacts[]> {
  return called(async () => {
    const found: CommentFacts[] = [];
    const pages = octokit.paginate.iterator(octokit.rest.issues.listCommentsForRepo, {
      owner,
      repo: name,
      sort: "updated",
      direction: "desc",
      since: new Date(since).toISOString(),
      per_page: 100,
    });
    let page = 0;
    for await (const { data } of pages) {
      // An issue's comments are in the same list.
      found.push(...data.filter(({ html_url }) => /\/pull\/\d+#/.test(html_url)).map(factsOf));
      page += 1;
      if (page === PAGES) break;
    }
    return found.toSorted((a, b) => a.id - b.id);
  });
}
