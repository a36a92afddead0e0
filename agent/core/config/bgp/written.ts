import type { Meta } from "../../model.ts"
import type { ConfigSource } from "../model.ts"
import { Problems } from "../problem.ts"

/** An object as somebody wrote it, a resource or an entry of the ConfigMap, and where its problems are collected. */
export type Written<T extends Meta> = {
  readonly resource: T
  readonly source: ConfigSource
  readonly problems: Problems
}

/** Resources, the oldest first and then by name: of two that exclude each other the first is used. */
export const writtenByAge = <T extends Meta>(kind: string, resources: readonly T[]): readonly Written<T>[] =>
  [...resources]
    .sort((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(resource => ({ resource, source: "resource", problems: new Problems(kind, resource) }))

/** Collectors in the order of names, so that reports do not depend on age. */
export const problemsByName = (written: readonly Written<Meta>[]): readonly Problems[] =>
  [...written]
    .sort(
      (a, b) => rank(a) - rank(b) || (a.source === "legacy" || a.resource.name === b.resource.name ? 0 : byName(a, b)),
    )
    .map(({ problems }) => problems)

const rank = ({ source }: Written<Meta>): number => (source === "resource" ? 0 : 1)

const byName = (a: Written<Meta>, b: Written<Meta>): number => (a.resource.name < b.resource.name ? -1 : 1)
