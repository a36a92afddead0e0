/** Stands in for node:test where only the names of tests are wanted: takes them down and runs none. */

const names: string[] = []

const record = (name: unknown): void => {
  if (typeof name === "string") names.push(name)
}

const nothing = (): void => undefined

/** A test is its name; variants of it (skip, todo, only) are tests too. */
export const test = Object.assign(record, { skip: record, todo: record, only: record })
export const it = test

/** Its tests are what its function declares. */
export const describe = (_name: string, ...rest: readonly unknown[]): void => {
  const body = rest.at(-1)
  if (typeof body === "function") body()
}

export const suite = describe
export const before = nothing
export const after = nothing
export const beforeEach = nothing
export const afterEach = nothing

/** Names taken down since the last call. */
export const takeNames = (): readonly string[] => names.splice(0)
