import { Container } from '@mantine/core'
import { useRouteError } from 'react-router'
import { ProblemAlert } from '../parts/problem-alert.tsx'

/** A page that failed as a whole, also because it could not be loaded after an update of the server. */
export function RouteProblem() {
  return (
    <Container size="sm" py="xl" component="main">
      <ProblemAlert error={useRouteError()} retry={() => location.reload()} />
    </Container>
  )
}
