import { join } from "node:path"
import { replayFolder } from "./replay.ts"
import { tapedMember } from "./taped-membership.ts"

replayFolder(join(import.meta.dirname, "membership"), tapedMember)
