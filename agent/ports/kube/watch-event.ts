import { ApiError, GarbledAnswerError } from "./api-error.ts"
import { fieldOf, textField } from "./objects.ts"

export type WatchEvent =
  | { readonly type: "put"; readonly raw: unknown }
  | { readonly type: "delete"; readonly raw: unknown }
  | { readonly type: "bookmark"; readonly raw: unknown }

/**
 * One line of a watch. An event of type ERROR becomes an ApiError with its code (410: the resourceVersion is too old).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export const parseWatchEvent = (line: string): WatchEvent => {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (cause) {
    throw new GarbledAnswerError(`a watch event that is no JSON: ${line.slice(0, 100)}`, { cause })
  }
  const raw = fieldOf(parsed, "object")
  switch (textField(parsed, "type")) {
    case "ADDED":
    case "MODIFIED":
      return { type: "put", raw }
    case "DELETED":
      return { type: "delete", raw }
    case "BOOKMARK":
      return { type: "bookmark", raw }
    case "ERROR": {
      const code = fieldOf(raw, "code")
      throw new ApiError(typeof code === "number" ? code : 500, textField(raw, "reason"), textField(raw, "message"))
    }
    default:
      throw new GarbledAnswerError(`a watch event of unknown type: ${line.slice(0, 100)}`)
  }
}
