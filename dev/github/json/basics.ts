/** GitHub's timestamps have whole seconds. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, "Z");
}

export function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : iso(epochMs);
}

/** An opaque global id: a prefix that says the type, and the number. */
export function nodeId(prefix: string, id: number | string): string {
  return `${prefix}_${Buffer.from(String(id)).toString("base64url")}`;
}

/** The number inside a node id of that type; null for any other id. */
export function fromNodeId(prefix: string, node: string): string | null {
  if (!node.startsWith(`${prefix}_`)) return null;
  return Buffer.from(node.slice(prefix.length + 1), "base64url").toString();
}

/** A path inside a URL: each part escaped, slashes kept. */
export function urlPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
