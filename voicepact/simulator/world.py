"""Puts the simulator together: the rules, their books and their clock."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from django.conf import settings

from voicepact.kernel import clock as shared_clock
from voicepact.simulator import disbursements, inquiries, payouts, reversals, ringing, ussd
from voicepact.simulator.application import Application, Ask
from voicepact.simulator.books import Books
from voicepact.simulator.certificate import Certificate
from voicepact.simulator.checkouts import Checkouts
from voicepact.simulator.config import Config
from voicepact.simulator.confirmations import Confirmations
from voicepact.simulator.delivery import Delivery, Poster, Rules, Spawn
from voicepact.simulator.disbursements import Disbursements
from voicepact.simulator.express import Express
from voicepact.simulator.express_news import ExpressNews
from voicepact.simulator.faults import FaultBox
from voicepact.simulator.ground import Ground
from voicepact.simulator.hand_payments import HandPayments
from voicepact.simulator.inquiries import Inquiries
from voicepact.simulator.jobs import Clock, Jobs
from voicepact.simulator.mail import Mail
from voicepact.simulator.messages import Messages
from voicepact.simulator.messaging import Messaging
from voicepact.simulator.moments import Moments
from voicepact.simulator.movements import Movements
from voicepact.simulator.payouts import Payouts
from voicepact.simulator.phones import Phones
from voicepact.simulator.prompts import Prompts
from voicepact.simulator.pulls import Pulls
from voicepact.simulator.purses import Purses
from voicepact.simulator.queueing import Queue
from voicepact.simulator.registrations import Registrations
from voicepact.simulator.reversals import Reversals
from voicepact.simulator.ringing import Ringing
from voicepact.simulator.tokens import Tokens
from voicepact.simulator.ussd import Ussd
from voicepact.simulator.wallet import WalletTransactions
from voicepact.simulator.wallet_news import WalletNews

POSTING_THREADS = 8

Advance = Callable[[timedelta], datetime]


@dataclass(frozen=True, slots=True)
class World:
    ground: Ground
    tokens: Tokens
    express: Express
    payouts: Payouts
    reversals: Reversals
    inquiries: Inquiries
    registrations: Registrations
    by_hand: HandPayments
    pulls: Pulls
    sms: Messaging
    wallet: WalletTransactions
    checkouts: Checkouts
    disbursements: Disbursements
    phones: Phones
    delivery: Delivery
    application: Application
    advance: Advance


def build(
    config: Config,
    *,
    books: Books,
    certificate: Certificate,
    clock: Clock,
    advance: Advance,
    application: Application,
    post: Poster,
    ask: Ask,
    spawn: Spawn,
    random: Random,
) -> World:
    moments = Moments(clock)
    ground = _lay(config, moments, books=books, certificate=certificate, random=random)
    prompts, messages = Prompts(books), Messages(books)
    registrations = Registrations(books)
    confirmations = Confirmations(ground, registrations)
    by_hand = HandPayments(ground, registrations, confirmations=confirmations, ask=ask)
    push_news = ExpressNews(ground, confirmations)
    wallet = WalletTransactions(books, prompts)
    wallet_news = WalletNews(ground, wallet)
    phone_rings = Ringing(ground, prompts, {config.shortcode: push_news, config.wallet: wallet_news})
    push = Express(ground, prompts, ringing=phone_rings, news=push_news)
    b2c, sms = Payouts(ground), Messaging(ground, messages)
    paid_from_wallet = Disbursements(ground, wallet, wallet_news)
    undone = Reversals(ground)
    questions = Inquiries(ground, prompts, payouts=b2c, reversals=undone)
    sessions = Ussd(ground, ask)
    rules = _rules(
        phone_rings, b2c, undone=undone, from_wallet=paid_from_wallet, sessions=sessions, questions=questions
    )
    return World(
        ground=ground,
        tokens=Tokens(ground),
        express=push,
        payouts=b2c,
        reversals=undone,
        inquiries=questions,
        registrations=registrations,
        by_hand=by_hand,
        pulls=Pulls(ground),
        sms=sms,
        wallet=wallet,
        checkouts=Checkouts(ground, wallet, ringing=phone_rings, news=wallet_news),
        disbursements=paid_from_wallet,
        phones=Phones(ground, prompts, messages, ringing=phone_rings, sms=sms, by_hand=by_hand, ussd=sessions),
        delivery=Delivery(books, ground.jobs, rules, moments=moments, post=post, spawn=spawn),
        application=application,
        advance=advance,
    )


def _lay(config: Config, moments: Moments, *, books: Books, certificate: Certificate, random: Random) -> Ground:
    """What every rule stands on: nothing here knows a rule."""
    faults = FaultBox(books, random)
    jobs = Jobs(books, moments)
    purses = Purses(books, config)
    mail = Mail(jobs, faults)
    return Ground(
        config,
        moments,
        books,
        certificate,
        faults,
        jobs,
        mail=mail,
        queue=Queue(config, jobs, mail, faults),
        purses=purses,
        movements=Movements(books, purses, moments),
    )


def _rules(
    rings: Ringing,
    b2c: Payouts,
    *,
    undone: Reversals,
    from_wallet: Disbursements,
    sessions: Ussd,
    questions: Inquiries,
) -> Rules:
    """What is done about each kind of job, once it is due."""
    return {
        ringing.EXPIRE: rings.expire,
        ringing.SETTLE: rings.settle,
        ringing.PAY_AFTER_ALL: rings.pay_after_all,
        payouts.PAY: b2c.pay,
        reversals.REVERSE: undone.reverse,
        disbursements.DISBURSE: from_wallet.disburse,
        ussd.FALL_SILENT: sessions.fall_silent,
        inquiries.TELL_STATUS: questions.tell_status,
        inquiries.TELL_BALANCE: questions.tell_balance,
    }


@cache
def current() -> World:
    """The world of this process, as its settings have it."""
    config: Config = settings.SIMULATOR  # type: ignore[misc] # of the simulator's own settings, not the application's
    application = Application(config.public_url)
    return build(
        config,
        books=Books(config.books),
        certificate=Certificate(config.certificate),
        clock=shared_clock.now,
        advance=shared_clock.advance,
        application=application,
        post=application.post,
        ask=application.ask,
        spawn=ThreadPoolExecutor(POSTING_THREADS, thread_name_prefix="posting").submit,
        random=Random(),  # noqa: S311
    )


def start() -> None:
    """What is due in this process's world happens from now on, on a thread of its own."""
    threading.Thread(
        target=current().delivery.run_forever, args=(threading.Event(),), name="delivery", daemon=True
    ).start()
