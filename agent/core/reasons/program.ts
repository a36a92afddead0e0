import type { Reason } from "./reason.ts"

/** Reasons about the program itself (ML9xx). */
export const programReasons = {
  ML900: {
    title: "Bug in this program",
    meaning: "Something happened that its authors held for impossible.",
    fix: "report it with the file named above and the command line that led to it",
  },
} as const satisfies Record<string, Reason>
