import type { Octokit } from "@octokit/rest";
import { type Attempt, createDeliveryLog, readHook } from "../../adapters/github/deliveries.ts";
import { wordsOf } from "../../reconcile/words-of.ts";
import { plural } from "../../views/format.ts";
import { type Finding, findingsAbout, sentence } from "./finding.ts";

const { ok, warning, problem } = findingsAbout("webhook");

/** Do deliveries arrive? GitHub's own log tells, which sees the address from where GitHub is. */
export async function examineWebhook(asApp: Octokit, path: string): Promise<readonly Finding[]> {
  try {
    const [{ url, contentType, verified, signed }, recent] = await Promise.all([
      readHook(asApp),
      createDeliveryLog(asApp).recent(),
    ]);
    if (url === null) {
      const words =
        "The App has no webhook address: releases are looked at by timers alone, and commands late.";
      return [problem(words, `Set it on the App's page, with the path ${path}.`)];
    }
    return [
      address(url, path),
      ...(contentType === "json"
        ? []
        : [problem(`It is sent as ${contentType}.`, "Choose application/json.")]),
      ...(signed ? [] : [problem("It has no secret.", "Set WEBHOOK_SECRET's value on the App's page.")]),
      ...(verified ? [] : [warning("GitHub does not verify its certificate.", "Enable SSL verification.")]),
      deliveries(recent),
    ];
  } catch (error) {
    return [problem(`GitHub does not tell of it: ${sentence(wordsOf(error))}`, "Try again.")];
  }
}

function address(text: string, path: string): Finding {
  const url = URL.parse(text);
  if (!url) return problem("Its address cannot be read.", "Set it on the App's page.");
  if (/(^|\.)example\.(com|org|net)$/.test(url.hostname)) {
    return problem(
      `Its address is still the example's, ${url.host}.`,
      "Set your server's on the App's page.",
    );
  }
  if (url.pathname !== path) {
    const words = `Its path is ${url.pathname}, and the server listens on ${path}.`;
    return warning(words, "Set one of them to the other, unless something in between rewrites it.");
  }
  return ok(`GitHub sends to ${url.host}${url.pathname}.`);
}

/** What an answer's status means here. */
const MEANINGS: Readonly<Record<number, string>> = {
  0: "Is the address reachable from GitHub, and its certificate valid?",
  401: "WEBHOOK_SECRET is not the secret on the App's page: set both to one value.",
  404: "Something answers, but not on this path: compare the address with WEBHOOK_PATH.",
  415: "Choose application/json on the App's page.",
  503: "The server was not ready or had too much in hand: see its log.",
};

function deliveries(recent: readonly Attempt[]): Finding {
  const [newest] = recent;
  if (!newest) {
    const fix = "Start the server, then redeliver the ping from the App's page, under Advanced.";
    return warning("GitHub has sent nothing in the last days.", fix);
  }
  const failed = recent.filter(({ status }) => status < 200 || status >= 300);
  const count = `${failed.length} of the last ${plural(recent.length, "attempt")} to deliver failed`;
  if (failed.length === 0) return ok(`Everything in its log of ${plural(recent.length, "attempt")} arrived.`);
  const [last = newest] = failed;
  const words = `${count}, the last at ${new Date(last.at).toISOString()}: ${last.status === 0 ? last.words : `it was answered with ${last.status}`}.`;
  const fix = MEANINGS[last.status] ?? "See the server's log.";
  return last === newest
    ? problem(words, fix)
    : warning(
        `${words} Newer ones arrived.`,
        "Nothing, if that was expected: a lost one is made up for by the next look.",
      );
}
