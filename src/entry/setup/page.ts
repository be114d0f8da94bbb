import { createHash } from "node:crypto";
import type { AppFile } from "./manifest.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #fff; --wash: #f6f8fa; --go: #1f883d; --onGo: #fff; --link: #0969da; --bad: #d1242f }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --wash: #151b23; --go: #238636; --link: #4493f8; --bad: #f85149 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--wash); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 44rem; margin: 3rem auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px }
@media (max-width: 46rem) { main { margin: 0; border: 0; border-radius: 0; padding: 1.25rem } }
h1 { margin: 0 0 .25rem; font-size: 1.6rem } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
p { margin: .5rem 0 } .soft, small { color: var(--soft) } .bad { color: var(--bad); font-weight: 600 }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 } small { display: block }
input { width: 100%; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px }
button { margin-top: 1.5rem; padding: .6rem 1.1rem; font: inherit; font-weight: 600; color: var(--onGo); background: var(--go); border: 0; border-radius: 6px; cursor: pointer }
button:focus-visible, input:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
a { color: var(--link) } table { width: 100%; border-collapse: collapse; font-size: .9rem }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top }
td:first-child code { white-space: nowrap } code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere } pre { padding: 1rem; background: var(--wash); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap }
`;
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** `github`: where a form may also lead. No script, nothing from elsewhere, in nobody's frame. */
export function headersOf(github: string): Readonly<Record<string, string>> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self' ${github}; base-uri 'none'; frame-ancestors 'none'`,
    "cache-control": "no-store",
    // With `no-referrer` a browser would not say, either, that a form comes from here.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}

export function lockedPage(): string {
  return page(
    "Sluice has no GitHub App yet",
    `<p>Whoever runs this server can create one: open the address that stands in its log, with its token.</p>`,
  );
}

/** What the operator decides. */
export interface Wishes {
  readonly name: string;
  readonly organization: string;
  readonly address: string;
}

export function startPage(
  { permissions, manifest }: AppFile,
  wishes: Wishes,
  problem: string | null = null,
): string {
  return page(
    "Create the App",
    `<p class="soft">Sluice acts as a GitHub App of your own. GitHub makes it from what stands below and gives its key to this server alone.</p>
${problem === null ? "" : `<p class="bad" role="alert">${text(problem)}</p>`}
<form method="post" action="/setup">
<label for="address">Address of this server, as GitHub reaches it</label>
<input id="address" name="address" type="url" required value="${text(wishes.address)}">
<small>Webhooks go there. It can be changed later in the App's settings.</small>
<label for="organization">Organization</label>
<input id="organization" name="organization" value="${text(wishes.organization)}" autocomplete="off" placeholder="empty: your own account">
<label for="name">Name of the App</label>
<input id="name" name="name" required maxlength="34" value="${text(wishes.name)}" autocomplete="off">
<small>GitHub wants a name that nobody else has. Its comments come from it.</small>
<button>Continue</button>
</form>
<h2>What it may do, and why</h2>
<table><tr><th>Permission</th><th>Level</th><th>What for</th></tr>
${permissions.map(({ name, level, why }) => `<tr><td><code>${text(name)}</code></td><td>${text(level)}</td><td>${text(why).replace(/`([^`]+)`/g, "<code>$1</code>")}</td></tr>`).join("\n")}
</table>
<p class="soft">It is told of: ${manifest.default_events.map((event) => `<code>${text(event)}</code>`).join(", ")}. No access to workflows, secrets or administration.</p>`,
  );
}

/** The form that GitHub takes a manifest by. */
export function confirmPage(to: string, manifest: object, wishes: Wishes): string {
  const whose = wishes.organization === "" ? "your own account" : wishes.organization;
  return page(
    "Create the App",
    `<table>
<tr><th>Name</th><td>${text(wishes.name)}</td></tr>
<tr><th>Owner</th><td>${text(whose)}</td></tr>
<tr><th>Webhooks</th><td><code>${text(wishes.address)}</code></td></tr>
</table>
<form method="post" action="${text(to)}">
<input type="hidden" name="manifest" value="${text(JSON.stringify(manifest))}">
<button>Create the App on GitHub</button>
</form>
<p class="soft">GitHub asks you to confirm and sends you back here.</p>`,
  );
}

export function donePage(install: string, next: string): string {
  return page(
    "The App is there",
    `<p>${text(next)}</p>
<p><a href="${text(install)}">Install it on your repositories</a>: those that have, or will have, <code>.github/sluice.yaml</code>.</p>`,
  );
}

/** The one time that the key is shown: where it could not be written, somebody must carry it. */
export function carryPage(install: string, why: string, variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return page(
    "The App is there; its key is not kept yet",
    `<p class="bad" role="alert"><code>.env</code> was not written: ${text(why)}.</p>
<p>Put these into the server's environment (a Secret, a secret store) now: nothing else has them, and this page shows them once. Until it starts with them, this process serves the App by itself.</p>
<pre>${text(lines.join("\n"))}</pre>
<p><a href="${text(install)}">Install the App on your repositories</a></p>`,
  );
}

export function problemPage(problem: string): string {
  return page(
    "That did not work",
    `<p class="bad" role="alert">${text(problem)}</p><p><a href="/">Begin again</a></p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${text(title)} · Sluice</title><style>${STYLE}</style></head>
<body><main><h1>${text(title)}</h1>
${body}
</main></body></html>
`;
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
