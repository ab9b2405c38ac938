<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Event;
use Comserv\Model\EventTypeInfo;
use Comserv\Page;
use Comserv\Request\Shapes;

/**
 * Scope `events:read`.
 *
 * @phpstan-import-type ListEventsQuery from Shapes
 */
final class Events
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * The log, oldest first. Iterating ends with the newest event; to follow the log, call again with `after` set to
     * the id of the last event that was given.
     *
     * @param ListEventsQuery $query
     * @return Page<Event>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/events', $query, Event::from(...), $timeoutSeconds, $maxRetries);
    }

    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): Event
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/events/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Event::from(...));
    }

    /**
     * Every type with its JSON Schema and an example.
     *
     * @return Page<EventTypeInfo>
     */
    public function types(?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/event-types', [], EventTypeInfo::from(...), $timeoutSeconds, $maxRetries);
    }
}
