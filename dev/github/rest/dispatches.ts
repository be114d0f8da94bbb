import { z } from "zod";
import { HttpError } from "../errors.ts";
import { parseBody } from "../input.ts";
import { type Route, repositoryRoute } from "../router.ts";

const newDispatch = z.object({
  event_type: z.string().min(1).max(100),
  client_payload: z.record(z.string(), z.json()).optional(),
});

/** GitHub hands it on and keeps nothing. */
export const dispatchRoutes: readonly Route[] = [
  repositoryRoute("POST", "dispatches", { permission: "contents", access: "write" }, async (call) => {
    const { world, repository, account } = call;
    const { event_type: action, client_payload: payload = {} } = parseBody(newDispatch, call.body);
    if (Object.keys(payload).length > 10) {
      throw new HttpError(422, "No more than 10 properties are allowed; 11 were supplied.");
    }
    const branch = repository.defaultBranch;
    world.webhooks.emit("repository_dispatch", repository, account, {
      action,
      branch,
      client_payload: payload,
    });
    return { status: 204 };
  }),
];
