/** `/canary` as the first token; phones like to begin a comment with a capital. */
const CALL = /^\/canary(?![^\s])/i;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** The first line of a comment. GitHub sends CRLF from browsers and LF from the API. */
export function firstLine(body: string): string {
  const end = body.search(/[\r\n]/);
  return end < 0 ? body : body.slice(0, end);
}

export function isCall(line: string): boolean {
  return CALL.test(line);
}

/** Whether a line after the first calls for a command too. Fenced code shows commands and means none. */
export function hasSecondCall(body: string): boolean {
  let fence: string | null = null;
  const lines = body.split(/\r\n|\r|\n/);
  for (const line of lines.slice(1)) {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
    } else if (mark !== undefined) fence = mark;
    else if (isCall(line)) return true;
  }
  return false;
}
