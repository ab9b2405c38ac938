import { useEffect } from 'react'

/** Where an application sends people to allow it: a page of the server, which no script of this one shows. */
export function isOfServer(path: string): boolean {
  return /^\/(oauth\/|device($|\?))/.test(path)
}

/** Leaves the application in the page for a page of the server. */
export function LeaveFor({ path }: { path: string }) {
  useEffect(() => location.replace(path), [path])
  return null
}
