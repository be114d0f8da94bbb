import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";

const common = {
  region: "eu-central-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
} as const;

/** The SDK's clients for a local part of AWS. */
export const clientFor = {
  sqs: (endpoint: string) => new SQSClient({ ...common, endpoint }),
  scheduler: (endpoint: string) => new SchedulerClient({ ...common, endpoint }),
  parameters: (endpoint: string) => new SSMClient({ ...common, endpoint }),
};
