import type { FastifyReply, FastifyRequest } from 'fastify'

/** What decides about cookies: the address under which browsers reach this server. */
export interface Site {
  publicUrl: string
}

export function isHttps({ publicUrl }: Site): boolean {
  return publicUrl.startsWith('https:')
}

/** The first value of that name. */
export function readCookie({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  const pairs = headers.cookie?.split(';').map((pair) => pair.trim())
  return pairs?.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** For this host alone, and for no script and no other site. `__Host-` in the name requires `Secure`. */
export function addCookie(reply: FastifyReply, name: string, value: string, maxAgeSeconds: number): void {
  const secure = name.startsWith('__Host-') ? '; Secure' : ''
  reply.header(
    'set-cookie',
    `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`,
  )
}
