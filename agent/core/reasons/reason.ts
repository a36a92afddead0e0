/**
 * `title` and `meaning` are sentences for people; `short` is what a table row or an event says, and `fix` is what to type or
 * change ({name} placeholders of both are filled from the facts of the step, see sentence.ts). Without `short` the title is
 * said. A code that says "yes" has an empty fix.
 */
export type Reason = {
  readonly title: string
  readonly short?: string
  readonly meaning: string
  readonly fix: string
  readonly see?: string
}
