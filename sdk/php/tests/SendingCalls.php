<?php

declare(strict_types=1);

namespace Comserv\Tests;

/** The part of {@see OperationsTest} about automations and test receivers. */
trait SendingCalls
{
    public function testAutomationsAndTheirRuns(): void
    {
        $automations = self::$comserv->automations;
        $id = $automations->create([
            'name' => 'Remind',
            'enabled' => true,
            'trigger' => ['type' => 'button'],
            'steps' => [['name' => 'pause', 'type' => 'wait', 'minutes' => 5]],
        ])->id;
        self::assertSame(5, $automations->get($id)->steps[0]->minutes);
        self::assertSame('Remind them', $automations->update($id, ['name' => 'Remind them'])?->name);
        self::assertSame(1, $automations->list(['enabled' => true])->meta->total_count);
        self::assertSame('would_act', $automations->dryRun($id)->runs[0]->steps[0]->outcome);
        $run = $automations->run($id, ['input' => ['who' => 'Jo']]);
        self::assertNotNull($run);
        self::assertSame('cancelled', $automations->cancelRun($run->id)?->status);
        self::assertSame('pending', $automations->resumeRun($run->id)?->status);
        self::assertSame([], $automations->getRun($run->id)->attempts);
        self::assertSame(1, $automations->runs(['automation_id' => $id])->meta->total_count);
        $automations->delete($id);
    }

    public function testTestReceivers(): void
    {
        $receivers = self::$comserv->testReceivers;
        $receiver = $receivers->create(['response_status' => 204]);
        self::assertStringContainsString('/test-receiver/', $receiver->url);
        self::assertSame($receiver->id, $receivers->list()->data[0]->id);
        self::assertSame([], $receivers->get($receiver->id)->requests);
        $receivers->delete($receiver->id);
    }
}
