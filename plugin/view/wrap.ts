/** Words in lines of at most `width` characters. */
export const wrap = (text: string, width: number): readonly string[] =>
  text.split(" ").reduce<string[]>((lines, word) => {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
    return lines
  }, [])
