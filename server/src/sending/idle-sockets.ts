import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Bounds the idle sockets of several agents together. An agent counts those of each host separately: with thousands of
 * receivers they would use up the descriptors of the process. `maxTotalSockets` would bound them, but would also make
 * requests to one host wait for idle sockets of another.
 */
export function boundIdleSockets(agents: readonly Agent[], socketsMax: number): void {
  const idle = new Set<Duplex>()

  for (const agent of agents) {
    const keep = agent.keepSocketAlive.bind(agent)
    const reuse = agent.reuseSocket.bind(agent)
    agent.keepSocketAlive = (socket) => {
      if (idle.size >= socketsMax) forgetClosed()
      // Typed as void, but returns false for a socket that its server wants to close.
      if (idle.size >= socketsMax || (keep(socket) as unknown) === false) return false
      idle.add(socket)
      return true
    }
    agent.reuseSocket = (socket, request) => {
      idle.delete(socket)
      reuse(socket, request)
    }
  }

  /** Checked when there is no room, which saves a listener on every socket. */
  function forgetClosed(): void {
    for (const socket of idle) if (socket.destroyed) idle.delete(socket)
  }
}
