import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** What expressions of a workflow may name, such as `github` and `inputs`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** One expression, as GitHub's own library reads it. */
function evaluated(expression: string, contexts: Contexts): data.ExpressionData {
  const { tokens } = new Lexer(expression).lex();
  const tree = new Parser(tokens, Object.keys(contexts), []).parse();
  const known: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(known instanceof data.Dictionary)) throw new Error("contexts are a mapping");
  return new Evaluator(tree, known).evaluate();
}

/** An `if`, with or without `${{ }}`. */
export function holds(condition: string, contexts: Contexts): boolean {
  const bare = /^\$\{\{(.*)\}\}$/s.exec(condition.trim())?.[1] ?? condition;
  const value = evaluated(bare, contexts);
  if (value instanceof data.BooleanData) return value.value;
  return !(value instanceof data.Null) && value.coerceString() !== "" && value.coerceString() !== "0";
}

/** A text with the expressions in it filled in. */
export function filled(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    evaluated(expression, contexts).coerceString(),
  );
}
