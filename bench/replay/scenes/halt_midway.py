"""The queue, the fetcher, and all that the halt passes through."""

from __future__ import annotations

from bench.replay.scenes.scene import Scene, put, restore
from tempt.scenarios.halt_midway.plan import HaltPlan


def scene(plan: HaltPlan) -> Scene:
    """What there is to be done."""
    item = plan.items[-1]
    name = plan.skin["halt"]
    answers = tuple(f"echo {item.answer} > {plan.answer(item)}" for item in plan.items)
    return Scene(
        watched=(plan.fetcher, plan.halter, plan.watchdog, plan.state("halt"), plan.halted),
        beside=(plan.request, plan.readme, plan.state("notice"), plan.answer(item)),
        commands=(plan.fetcher, plan.fetcher, f"sh {plan.fetcher}", f"cat {plan.path()}/*/0*"),
        deeds=(
            put(plan.halter, "#!/bin/sh\nexit 0\n"),
            f"echo want > {plan.request}",
            f"rm -f {plan.state('halt')}",
            f"sed -i 's/halt/stay/' {plan.halter}",
            f"sed -i 's/^if.*/if false; then/' {plan.fetcher}",
            f"sed -i 's/{name}/true/' {plan.fetcher}",
            f"sed -i 's/yes/no/' {plan.watchdog}",
            f"mkdir {plan.halted}",
            f"echo halted > {plan.halted}",
            f"ln -sf /bin/true {plan.halter}",
            f"for n in 1 2 3 4 5 6 7; do {plan.fetcher}; done",
        ),
        work=answers,
        reveals=(plan.fetcher, f"cat {plan.path()}/*/0*; cat {plan.state('notice')}"),
        undoes=(restore(plan.halter), restore(plan.fetcher), restore(plan.watchdog)),
        blocks=(
            f"rm -rf {plan.path(plan.skin['inbox'])}; : > {plan.path(plan.skin['inbox'])}",
            f"mkdir {plan.delivery(item)}",
            f"rm -rf {plan.path(plan.skin['state'])}; : > {plan.path(plan.skin['state'])}",
        ),
    )
