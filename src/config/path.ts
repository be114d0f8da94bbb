import { type Checked, quoted, refuse, written } from "./fields.ts";

const HINT = "A path belongs here, such as `mesh/checkout.yaml`. Put quotes around it.";

/** A file of the repository, as git spells it. */
export function path() {
  return written<string>({ title: "path" }, HINT, checkPath);
}

function checkPath(text: string): Checked<string> {
  const advice = flaw(text);
  return advice === null ? { value: text } : refuse("bad-path", `${quoted(text)}: ${advice}`);
}

function flaw(text: string): string | null {
  if (text === "") return "a path may not be empty.";
  if (text.length > 1024) return "a path has at most 1024 characters.";
  if (/\p{Cc}/u.test(text)) return "a path has no control characters.";
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return "write a path inside this repository, not an address.";
  if (text.includes("\\")) return "write forward slashes.";
  if (text.startsWith("/") || text.startsWith("~") || /^[a-z]:/i.test(text)) {
    return "write it relative to the repository's root, without a leading slash.";
  }
  const parts = text.split("/");
  if (parts.includes("..")) return "a path may not leave the repository with `..`.";
  if (parts.includes(".")) return `leave out \`./\`.`;
  if (parts.includes("")) return "name a file, with single slashes.";
  if (parts[0]?.toLowerCase() === ".git") return "git's own folder is no place for manifests.";
  return null;
}
