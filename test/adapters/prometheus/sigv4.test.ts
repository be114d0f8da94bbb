import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import { sigv4 } from "../../../src/adapters/prometheus/sigv4.ts";
import { parseSources } from "../../../src/adapters/prometheus/sources.ts";
import { MATRIX, question, serve } from "./stand-in.ts";

const HOUR = 3_600_000;
const REGION = "eu-west-1";
/** What `~/.aws` of this machine and the network it is in would give. */
const NOBODY = {
  AWS_CONFIG_FILE: "/nonexistent",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
  AWS_EC2_METADATA_DISABLED: "true",
};

function environment(variables: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ ...NOBODY, ...variables })) vi.stubEnv(name, value);
}

beforeEach(() => {
  environment({});
  return () => {
    vi.unstubAllEnvs();
    vi.useRealTimers();
  };
});

/** Time passes for credentials, not for sockets. */
function later(ms: number): void {
  const now = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(now);
}

function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-aws-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "token");
  writeFileSync(file, content);
  return file;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const temporary = (number: number): Keys => ({
  accessKeyId: `ASIA${number}`,
  secretAccessKey: `secret-${number}/+=`,
  sessionToken: `session-${number}/+=`,
});

/** A workspace of Amazon Managed Prometheus, and looks at it. */
async function workspace() {
  const seen: IncomingMessage[] = [];
  const host = await serve((request, response) => {
    seen.push(request);
    response.end(MATRIX);
  });
  const { sources, problems } = parseSources({
    PROMETHEUS_URL: `http://${host}/workspaces/ws-1`,
    PROMETHEUS_SIGV4_REGION: REGION,
    PROMETHEUS_TIMEOUT_SECONDS: "10",
  });
  expect(problems).toEqual([]);
  const metrics = createPrometheus(sources);
  return { seen, look: () => metrics.observe(question) };
}

/** As the service does it: what came is signed again, by the time and the keys it names. */
async function expectSigned(request: IncomingMessage | undefined, keys: Keys): Promise<void> {
  const { headers, url = "" } = request ?? {};
  const stamp = String(headers?.["x-amz-date"]);
  const signingDate = new Date(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const { pathname, searchParams, hostname } = new URL(url, `http://${headers?.host}`);
  const signer = new SignatureV4({
    credentials: keys,
    region: REGION,
    service: "aps",
    sha256: Sha256,
    applyChecksum: false,
  });
  const again = await signer.sign(
    {
      method: "GET",
      protocol: "http:",
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host: String(headers?.host) },
    },
    { signingDate },
  );
  expect(headers?.authorization).toBe(again.headers["authorization"]);
  expect(headers?.["x-amz-security-token"]).toBe(keys.sessionToken);
}

/** AWS' ways to give a process temporary keys; each time it is asked there are others, for an hour. */
const WAYS: Readonly<Record<string, (given: () => Keys) => Promise<Readonly<Record<string, string>>>>> = {
  async "a web identity (EKS)"(given) {
    const host = await serve(async (request, response) => {
      const body = new URLSearchParams(await text(request));
      expect(Object.fromEntries(body)).toMatchObject({
        Action: "AssumeRoleWithWebIdentity",
        RoleArn: "arn:aws:iam::123456789012:role/sluice",
        WebIdentityToken: "service.account.token",
      });
      const { accessKeyId, secretAccessKey, sessionToken } = given();
      response.setHeader("Content-Type", "text/xml").end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken>
<Expiration>${new Date(Date.now() + HOUR).toISOString()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      );
    });
    return {
      AWS_ENDPOINT_URL_STS: `http://${host}`,
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/sluice",
      AWS_WEB_IDENTITY_TOKEN_FILE: fileWith("service.account.token"),
    };
  },
  async "the container's role (ECS, EKS Pod Identity)"(given) {
    const host = await serve((request, response) => {
      expect([request.url, request.headers.authorization]).toEqual(["/v1/credentials", "pod token"]);
      response.end(document(given()));
    });
    return {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: fileWith("pod token"),
    };
  },
  async "the machine's role (EC2)"(given) {
    const host = await serve((request, response) => {
      if (request.method === "PUT") return response.end("metadata-token");
      expect(request.headers["x-aws-ec2-metadata-token"]).toBe("metadata-token");
      return response.end(request.url?.endsWith("/sluice") ? document(given()) : "sluice");
    });
    return { AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${host}` };
  },
};

function document({ accessKeyId, secretAccessKey, sessionToken }: Keys): string {
  return JSON.stringify({
    Code: "Success",
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: new Date(Date.now() + HOUR).toISOString(),
  });
}

describe("Amazon Managed Prometheus is asked with", () => {
  it("keys of the environment", async () => {
    environment({ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI" });
    const { seen, look } = await workspace();
    expect(await look()).toMatchObject({ status: "ok" });
    await expectSigned(seen[0], { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI" });
  });

  it.each(Object.keys(WAYS))(
    "temporary keys by %s, kept while they are good and then renewed",
    async (way) => {
      let given = 0;
      environment((await WAYS[way]?.(() => temporary(++given))) ?? {});
      const { seen, look } = await workspace();
      expect([await look(), await look()]).toMatchObject([{ status: "ok" }, { status: "ok" }]);
      expect(given).toBe(1);
      later(HOUR + 1000);
      expect(await look()).toMatchObject({ status: "ok" });
      expect(given).toBe(2);
      for (const [index, number] of [1, 1, 2].entries()) await expectSigned(seen[index], temporary(number));
    },
  );

  it("nothing, when AWS refuses, and the reason is told without what AWS says of it", async () => {
    const said = "Not authorized to perform sts:AssumeRoleWithWebIdentity: service.account.token";
    const host = await serve((_, response) =>
      response
        .writeHead(403, { "Content-Type": "text/xml" })
        .end(
          `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${said}</Message></Error></ErrorResponse>`,
        ),
    );
    environment({
      AWS_ENDPOINT_URL_STS: `http://${host}`,
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/sluice",
      AWS_WEB_IDENTITY_TOKEN_FILE: fileWith("service.account.token"),
    });
    const { seen, look } = await workspace();
    const detail = "AWS gives no credentials (AccessDenied)";
    expect(await look()).toEqual({ status: "unavailable", code: "credentials", detail });
    expect(seen).toEqual([]);
  });

  it("nothing, when there are no credentials anywhere", async () => {
    const { look } = await workspace();
    const detail = "AWS gives no credentials (CredentialsProviderError)";
    expect(await look()).toEqual({ status: "unavailable", code: "credentials", detail });
  });

  it("nothing, when AWS does not answer in the source's time", async () => {
    const host = await serve(() => undefined);
    environment({
      AWS_ENDPOINT_URL_STS: `http://${host}`,
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/sluice",
      AWS_WEB_IDENTITY_TOKEN_FILE: fileWith("service.account.token"),
    });
    const { sources } = parseSources({
      PROMETHEUS_URL: "http://127.0.0.1:1",
      PROMETHEUS_SIGV4_REGION: REGION,
      PROMETHEUS_TIMEOUT_SECONDS: "0.3",
    });
    const detail = "AWS gives no credentials (TimeoutError)";
    expect(await createPrometheus(sources).observe(question)).toMatchObject({ code: "credentials", detail });
  });

  it("keys that no error repeats, whatever the source quotes", async () => {
    const [way] = Object.keys(WAYS);
    environment((await WAYS[way ?? ""]?.(() => temporary(7))) ?? {});
    const host = await serve((request, response) => {
      const { authorization, "x-amz-security-token": token } = request.headers;
      const error = `${authorization} ${token} ${temporary(7).secretAccessKey}`;
      response.writeHead(400).end(JSON.stringify({ status: "error", errorType: "bad_data", error }));
    });
    const { sources } = parseSources({ PROMETHEUS_URL: `http://${host}`, PROMETHEUS_SIGV4_REGION: REGION });
    const said = JSON.stringify(await createPrometheus(sources).observe(question));
    expect(said).toContain("***");
    for (const secret of Object.values(temporary(7))) expect(said).not.toContain(secret);
  });
});

describe("AWS Signature Version 4", () => {
  // From AWS' own test suite: get-vanilla, get-vanilla-query-order-key-case, get-vanilla-query-unreserved.
  it.each([
    ["https://example.amazonaws.com/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "https://example.amazonaws.com/?Param1=value1&Param2=value2",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "https://example.amazonaws.com/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ],
  ])("signs %s", async (url, signature) => {
    environment({
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    });
    later(Date.UTC(2015, 7, 30, 12, 36, 0) - Date.now());
    const signed = await sigv4("us-east-1", "service")(new URL(url), AbortSignal.timeout(10_000));
    expect(signed.headers).toEqual({
      host: "example.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });
});
