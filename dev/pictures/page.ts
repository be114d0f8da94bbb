import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

export type Theme = "light" | "dark";

/** What stands around the Markdown on GitHub. */
export type Frame =
  | { readonly kind: "check"; readonly conclusion: string; readonly title: string }
  | { readonly kind: "comment" }
  | { readonly kind: "pull"; readonly title: string };

/** A page that looks about as GitHub's does. `open`: folds are open. */
export function pageOf(options: {
  readonly frame: Frame;
  readonly markdown: string;
  readonly theme: Theme;
  readonly open: boolean;
}): string {
  const { frame, markdown, theme, open } = options;
  // Of our own views, in which everything from outside is inert.
  const rendered = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  const body = rendered
    .replace(
      /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
      '<pre class="mermaid">$1</pre>',
    )
    .replace(/<pre><code class="language-diff">([\s\S]*?)<\/code><\/pre>/g, (_, text: string) => diff(text))
    .replaceAll("<details>", open ? "<details open>" : "<details>");
  return `<!doctype html><html data-theme="${theme}"><head><meta charset="utf-8"><style>${CSS}</style></head>
<body><div class="box">${head(frame)}<div class="markdown">${body}</div></div></body></html>`;
}

function head(frame: Frame): string {
  switch (frame.kind) {
    case "check":
      return `<div class="head"><span class="mark ${frame.conclusion}"></span><b>sluice</b> · ${escaped(frame.title)}</div>`;
    case "comment":
      return '<div class="head"><span class="avatar">S</span><b>sluice</b> <span class="bot">bot</span> commented</div>';
    case "pull":
      return `<h1>${escaped(frame.title)} <span class="number">#43</span></h1><div class="head"><span class="avatar">S</span><b>sluice</b> <span class="bot">bot</span> wants to merge 1 commit into <code>main</code></div>`;
  }
}

function diff(text: string): string {
  const lines = text.trimEnd().split("\n");
  const kind = (line: string) =>
    line.startsWith("+") ? "added" : /^-(?!--)/.test(line) ? "removed" : /^@@|^---/.test(line) ? "place" : "";
  return `<pre><code>${lines.map((line) => `<span class="${kind(line)}">${line}</span>`).join("\n")}</code></pre>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

const CSS = `
:root { --fg: #1f2328; --bg: #ffffff; --soft: #f6f8fa; --line: #d1d9e0; --dim: #59636e; --link: #0969da;
  --added: #dafbe1; --removed: #ffebe9; }
[data-theme="dark"] { --fg: #f0f6fc; --bg: #0d1117; --soft: #151b23; --line: #3d444d; --dim: #9198a1; --link: #4493f8;
  --added: #12261e; --removed: #25171c; }
* { box-sizing: border-box; }
body { margin: 0; padding: 16px; background: var(--bg); color: var(--fg); line-height: 1.5; font-size: 14px;
  font-family: "Noto Sans", "DejaVu Sans", "Liberation Sans", sans-serif; }
.box { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.head { background: var(--soft); border-bottom: 1px solid var(--line); padding: 8px 16px; color: var(--dim); }
.head b { color: var(--fg); }
h1 { font-size: 24px; font-weight: 400; margin: 16px; } .number { color: var(--dim); }
.avatar { display: inline-block; width: 20px; height: 20px; border-radius: 4px; background: #1a7f37; color: #fff;
  text-align: center; line-height: 20px; font-size: 12px; margin-right: 8px; }
.bot { border: 1px solid var(--line); border-radius: 10px; padding: 0 6px; font-size: 12px; }
.mark { display: inline-block; width: 12px; height: 12px; border-radius: 50%; margin-right: 8px; background: #818b98; }
.mark.success { background: #1a7f37; } .mark.failure { background: #d1242f; }
.markdown { padding: 16px; overflow-wrap: break-word; }
.markdown > :first-child { margin-top: 0; } .markdown > :last-child { margin-bottom: 0; }
.markdown p, .markdown ul, .markdown pre, .markdown table, .markdown details { margin: 0 0 16px; }
.markdown h3 { font-size: 18px; margin: 0 0 16px; }
a { color: var(--link); } summary { cursor: pointer; }
details > summary { margin-bottom: 8px; }
code { font-family: "DejaVu Sans Mono", monospace; font-size: 85%; background: color-mix(in srgb, var(--dim) 20%, transparent);
  padding: 0.2em 0.4em; border-radius: 6px; }
pre { background: var(--soft); border-radius: 6px; padding: 12px 16px; overflow-x: auto; }
pre code { background: none; padding: 0; line-height: 1.45; display: block; }
pre.mermaid { text-align: center; background: none; border: 1px solid var(--line); padding: 8px; }
pre.mermaid svg { max-width: 100%; height: auto; }
.added, .removed { display: inline-block; width: 100%; }
.added { background: var(--added); } .removed { background: var(--removed); } .place { color: var(--dim); }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid var(--line); padding: 6px 13px; text-align: left; }
td code { white-space: break-spaces; }
tr:nth-child(2n) td { background: var(--soft); }
`;
