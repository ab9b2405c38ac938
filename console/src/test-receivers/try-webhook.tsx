import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { SubscribableType } from 'comserv'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { useMay } from '../session/use-session.ts'
import { receiverPath } from './receivers.ts'

/** Makes a receiver on this server and a webhook that sends to it, with every event that the person may read. */
export function TryWebhook() {
  const may = useMay()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const events = useCatalog()
    .event_types.filter(({ scope }) => scope !== null && may(scope))
    .map(({ name }) => name as SubscribableType)
  const making = useMutation({
    mutationFn: async () => {
      const receiver = await comserv.testReceivers.create()
      if (!receiver) throw new Error('The receiver was not shown.')
      try {
        await comserv.webhooks.create({ url: receiver.url, events, description: t('To the test receiver') })
      } catch (error) {
        await comserv.testReceivers.delete(receiver.id)
        throw error
      }
      return receiver
    },
    onSuccess: ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: ['webhooks'] })
      navigate(`${receiverPath}/${id}`)
    },
    onError: (error) => noticeOfProblem(t('Not done'), error),
  })
  if (!may('webhooks:write') || events.length === 0) return null
  return (
    <Button
      variant="default"
      leftSection={<Icon name="send" size={16} />}
      loading={making.isPending}
      onClick={() => making.mutate()}
    >
      {t('Send to the test receiver')}
    </Button>
  )
}
