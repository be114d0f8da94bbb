/** What we use of the library, so that a bundle has no more of it. */
export { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
