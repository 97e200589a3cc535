"""The columns of every list that can be had as a file. A list that is not named here has no export."""

from django.db import models

from contracts.models import (
    Chain,
    Confirmation,
    Contract,
    ContractSerial,
    Deadline,
    Dispute,
    Event,
    Evidence,
    Outbox,
    Party,
)
from notifications.models import Alert, DeliveryReport, InboundMessage, Message, OptOut, UssdSession
from payments.models import Balance, Callback, Deposit, Payment, PayoutStop, Posting, Proposal, Transfer, Wallet
from voicepact.console.exports.columns import Rows
from voicepact.console.exports.rows import deals, desk, messages, money
from voicepact.console.models import DeskAct, Export

ROWS: dict[type[models.Model], type[Rows]] = {
    Contract: deals.ContractRows,
    ContractSerial: deals.SerialRows,
    Party: deals.PartyRows,
    Confirmation: deals.ConfirmationRows,
    Dispute: deals.DisputeRows,
    Evidence: deals.EvidenceRows,
    Deadline: deals.DeadlineRows,
    Event: deals.EventRows,
    Outbox: deals.OutboxRows,
    Chain: deals.ChainRows,
    Payment: money.PaymentRows,
    Transfer: money.TransferRows,
    Deposit: money.DepositRows,
    Posting: money.PostingRows,
    Balance: money.BalanceRows,
    Wallet: money.WalletRows,
    Callback: money.CallbackRows,
    Proposal: money.ProposalRows,
    PayoutStop: money.PayoutStopRows,
    Message: messages.MessageRows,
    InboundMessage: messages.InboundMessageRows,
    UssdSession: messages.UssdSessionRows,
    DeliveryReport: messages.DeliveryReportRows,
    OptOut: messages.OptOutRows,
    Alert: messages.AlertRows,
    Export: desk.ExportRows,
    DeskAct: desk.DeskActRows,
}
