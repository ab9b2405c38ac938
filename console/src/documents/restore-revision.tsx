import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import type { Document } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useMay } from '../session/use-session.ts'

export function RestoreRevision({ document, version }: { document: Document; version: number }) {
  const may = useMay()
  const queryClient = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  if (!may('documents:write')) return null
  return (
    <>
      <Button size="xs" onClick={() => setAsked(true)}>
        Bring version {version} back
      </Button>
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={`Bring version ${version} back?`}
        verb="Bring back"
        harmless
        act={() => comserv.documents.restoreRevision(document.id, version)}
        onDone={() => {
          void queryClient.invalidateQueries({ queryKey: ['documents'] })
          notifications.show({ message: `The text is that of version ${version} again.` })
        }}
      >
        Its title and text become a new version. The present one stays among the revisions, so that nothing is
        lost.
      </Confirm>
    </>
  )
}
