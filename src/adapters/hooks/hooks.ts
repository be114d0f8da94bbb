import type { AxiosError } from "axios";
import type { HookAnswer } from "../../analysis/gates.ts";
import type { HookQuestion, Hooks } from "../../ports/hooks.ts";
import { allowedFor } from "../operator.ts";
import { signed } from "../signature.ts";
import type { HookConfig } from "./configured.ts";

const TIMEOUT_MS = 10_000;
const LONGEST_ANSWER = 16 * 1024;
/** Of a reason, characters; more is nothing that a person reads at a gate. */
const LONGEST_REASON = 300;

/** The hooks that a repository (`owner/name`) may name. Each question is one POST, not tried again: it is asked anew. */
export function hooksFor(
  configured: ReadonlyMap<string, HookConfig>,
  repository: string,
  timeoutMs = TIMEOUT_MS,
): Hooks {
  const allowed = allowedFor(configured, repository);
  return {
    knows: (hook) => allowed.has(hook),
    ask: async (question) => {
      const config = allowed.get(question.hook);
      return config ? post(config, repository, question, timeoutMs) : { status: "unknown" };
    },
  };
}

async function post(
  { url, secret }: HookConfig,
  repository: string,
  question: HookQuestion,
  timeout: number,
): Promise<HookAnswer> {
  const { id, body } = eventOf(repository, question, Date.now());
  try {
    const { default: axios } = await import("axios");
    const { status, data } = await axios.post<string>(url, body, {
      headers: {
        "content-type": "application/cloudevents+json; charset=utf-8",
        accept: "application/json",
        ...signed(id, body, secret, Date.now()),
      },
      timeout,
      signal: AbortSignal.timeout(timeout),
      // Elsewhere is not whom the operator trusts.
      maxRedirects: 0,
      maxContentLength: LONGEST_ANSWER,
      responseType: "text",
      transformResponse: (text: string) => text,
      validateStatus: () => true,
    });
    return status === 200 ? answerIn(data) : { status: "unexpected", why: `HTTP ${status}` };
  } catch (error) {
    return { status: "unexpected", why: wordsOf(error, timeout) };
  }
}

/** Each question has an id of its own: whoever drops what it has seen before must not drop a second question. */
function eventOf(repository: string, question: HookQuestion, now: number) {
  const { hook, rollout, release, version, step, weight, commit, link, repositoryUrl } = question;
  const id = `${repository}/${rollout}#${release}.gate.${hook}.${step}.${now}`;
  const body = JSON.stringify({
    specversion: "1.0",
    id,
    source: repositoryUrl,
    type: "sluice.gate.asked",
    subject: `${rollout}#${release}`,
    time: new Date(now).toISOString(),
    datacontenttype: "application/json",
    data: { gate: hook, repository, rollout, release, version, step: step + 1, weight, commit, link },
  });
  return { id, body };
}

function answerIn(text: string): HookAnswer {
  const said = parsed(text);
  if (typeof said !== "object" || said === null || !("open" in said) || typeof said.open !== "boolean")
    return {
      status: "unexpected",
      why: 'its answer is not {"open": true} or {"open": false, "reason": "…"}',
    };
  const given = "reason" in said && typeof said.reason === "string" ? said.reason.trim() : "";
  const reason = given === "" ? null : given.slice(0, LONGEST_REASON);
  return { status: said.open ? "open" : "waits", reason };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Without the address, which may be a secret. */
function wordsOf(error: unknown, timeout: number): string {
  const { code = "", message = "" } = error instanceof Error ? (error as AxiosError) : {};
  if (message.startsWith("maxContentLength")) return `its answer is longer than ${LONGEST_ANSWER / 1024} KB`;
  if (["ECONNABORTED", "ETIMEDOUT", "ERR_CANCELED"].includes(code))
    return `no answer within ${timeout / 1000} s`;
  return /^[A-Z_]+$/.test(code) ? code : "the connection failed";
}
