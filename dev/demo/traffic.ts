/** Requests a second that users send in the demo: enough that half a point of errors at 10 % shows within two minutes. */
export const TRAFFIC = 500;
