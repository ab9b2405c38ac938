/** A command cannot go on; the message says what to do about it. */
export class CommandError extends Error {}
