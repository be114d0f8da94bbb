import { schema } from "@octokit/graphql-schema";
import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema, graphql } from "graphql";
import { nodeId } from "../json/basics.ts";
import { connection, type Paging } from "./connection.ts";
import type { GraphqlContext, Node } from "./context.ts";
import { errorJson, typedError, unresolved } from "./errors.ts";
import {
  createCommitOnBranch,
  enablePullRequestAutoMerge,
  enqueuePullRequest,
  updateRefs,
} from "./mutations.ts";
import { accountNode, commentById, repositoryNode } from "./repository-nodes.ts";

let loaded: GraphQLSchema | null = null;

/** GitHub's published schema. Read once a process: it has 1,600 types. */
function githubSchema(): GraphQLSchema {
  loaded ??= buildSchema(schema.idl, { assumeValid: true, assumeValidSDL: true });
  return loaded;
}

export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** Runs one document against GitHub's own schema. Never throws: what goes wrong is among the `errors`. */
export async function executeGraphql(
  request: GraphqlRequest,
  context: GraphqlContext,
): Promise<Record<string, unknown>> {
  const result = await graphql({
    schema: githubSchema(),
    source: request.query,
    rootValue: root(context),
    contextValue: context,
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
    fieldResolver: resolveField,
  });
  return {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(result.errors === undefined ? {} : { errors: result.errors.map(errorJson) }),
  };
}

const resolveField: GraphQLFieldResolver<unknown, GraphqlContext> = (source, args, context, info) => {
  const node = source as Node;
  if (!(info.fieldName in node)) {
    const field = `${info.parentType.name}.${info.fieldName}`;
    context.unknown(field);
    throw typedError("NOT_IMPLEMENTED", `This local GitHub does not answer ${field}.`);
  }
  const value = node[info.fieldName];
  return typeof value === "function" ? value(args, context) : value;
};

function root(context: GraphqlContext): Node {
  const { world, actor, budget } = context;
  const input =
    <T>(run: (input: T, context: GraphqlContext) => Promise<Node>) =>
    (args: { input: T }) =>
      run(args.input, context);
  return {
    viewer: () => ({
      ...accountNode(context, actor.account),
      __typename: "User",
      // The one place where GraphQL shows a bot's whole login.
      login: actor.account.login,
    }),
    rateLimit: () => ({
      limit: budget.limit,
      cost: 1,
      nodeCount: 0,
      remaining: budget.remaining,
      used: budget.used,
      resetAt: new Date(budget.reset * 1000).toISOString(),
    }),
    repository: ({ owner, name }: { owner: string; name: string }) => {
      try {
        return repositoryNode(context, world.repository(actor, owner, name));
      } catch {
        throw unresolved(`Repository with the name '${owner}/${name}'`);
      }
    },
    node: ({ id }: { id: string }) => nodeById(context, id),
    nodes: ({ ids }: { ids: readonly string[] }) => ids.map((id) => nodeById(context, id)),
    repositoryOwner: ({ login }: { login: string }) => {
      const account = world.accounts.get(login.toLowerCase());
      return account === undefined
        ? null
        : {
            ...accountNode(context, account),
            repositories: (paging: Paging) =>
              connection(
                "repositories",
                paging,
                world.repositories.filter((item) => item.owner.id === account.id && world.sees(actor, item)),
                (item) => repositoryNode(context, item),
              ),
          };
    },
    createCommitOnBranch: input(createCommitOnBranch),
    updateRefs: input(updateRefs),
    enablePullRequestAutoMerge: input(enablePullRequestAutoMerge),
    enqueuePullRequest: input(enqueuePullRequest),
  };
}

function nodeById(context: GraphqlContext, id: string): Node {
  const { world, actor } = context;
  const seen = world.repositories.filter((item) => world.sees(actor, item));
  for (const repository of seen) {
    if (nodeId("R", repository.id) === id) return repositoryNode(context, repository);
    const comment = commentById(context, repository, id);
    if (comment !== null) return comment;
  }
  throw unresolved(`node with the global id of '${id}'`);
}
