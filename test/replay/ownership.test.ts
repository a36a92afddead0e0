import { join } from "node:path"
import { replayFolder } from "./replay.ts"
import { taped } from "./taped-speaker.ts"

replayFolder(join(import.meta.dirname, "ownership"), taped)
