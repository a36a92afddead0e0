/** Reading of answers whose shape is the server's word: a value that is not there is undefined, never a crash. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined

export const textField = (value: unknown, name: string): string => {
  const field = fieldOf(value, name)
  return typeof field === "string" ? field : ""
}

/** What identifies an object before it is decoded. */
export type Identity = { readonly key: string; readonly uid: string; readonly resourceVersion: string }

export const identityOf = (raw: unknown): Identity => {
  const metadata = fieldOf(raw, "metadata")
  const namespace = textField(metadata, "namespace")
  const name = textField(metadata, "name")
  return {
    key: namespace === "" ? name : `${namespace}/${name}`,
    uid: textField(metadata, "uid"),
    resourceVersion: textField(metadata, "resourceVersion"),
  }
}
