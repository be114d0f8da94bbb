import type { Told } from "../../ports/notifier.ts";
import type { Severity } from "../../release/notices.ts";
import type { Message } from "./channels.ts";

const SIGNS: Readonly<Record<Severity, string>> = {
  info: ":white_circle:",
  warning: ":warning:",
  critical: ":red_circle:",
};

/** A section's text may have 3,000 characters. */
const LONGEST = 2000;

/**
 * An incoming webhook's message. What comes from outside stands in plain text, where Slack sees no mention, link or
 * format: https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 */
export function slackMessage(told: Told): Message {
  const { title, severity, repository, why, by, pull, rollbackPull } = told;
  const links = [
    `<${repository.url}|${escaped(repository.name)}>`,
    ...(pull === null ? [] : [`<${repository.url}/pull/${pull}|#${pull}>`]),
    ...(rollbackPull === null ? [] : [`<${repository.url}/pull/${rollbackPull}|rollback #${rollbackPull}>`]),
  ];
  const said = by === null ? why : `${why} (${by})`;
  const blocks = [
    {
      type: "section",
      text: { type: "mrkdwn", text: `${SIGNS[severity]} *${escaped(title)}*\n${links.join(" · ")}` },
    },
    ...(said === ""
      ? []
      : [{ type: "section", text: { type: "plain_text", text: said.slice(0, LONGEST), emoji: false } }]),
  ];
  return {
    headers: { "content-type": "application/json; charset=utf-8" },
    // The text is what a telephone shows before the message is opened.
    body: JSON.stringify({
      text: `${escaped(title)} in ${escaped(repository.name)}`,
      blocks,
      unfurl_links: false,
    }),
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
