/** What SQS hands a function, and which of it is to be handed again. */
export interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: { readonly MessageGroupId?: string };
  }[];
}

export interface SqsAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Groups beside each other, each in its order: behind one that fails, the rest of its group waits too. */
export async function eachOf(
  { Records }: SqsEvent,
  work: (body: string) => Promise<void>,
  failed: (error: unknown) => void,
): Promise<SqsAnswer> {
  const groups = Map.groupBy(Records, ({ attributes, messageId }) => attributes.MessageGroupId ?? messageId);
  const left = await Promise.all(
    [...groups.values()].map(async (records) => {
      for (const [at, { body }] of records.entries()) {
        try {
          await work(body);
        } catch (error) {
          failed(error);
          return records.slice(at);
        }
      }
      return [];
    }),
  );
  return { batchItemFailures: left.flat().map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
