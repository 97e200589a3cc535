"""Nobody gives what they do not have: which rights people hold, and over whom a member of staff has a say."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from voicepact.kernel.models import User


def held_by(user: User) -> "QuerySet[Permission]":
    """The rights that a person has of their own and by roles, whether they may sign in now or not."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user) | Q(group__user=user)).distinct()


def roles_in_the_gift_of(giver: User) -> "QuerySet[Group]":
    """The roles that hold no right which `giver` lacks."""
    if giver.is_superuser:
        return Group.objects.all()
    lacking = Permission.objects.exclude(pk__in=held_by(giver).values("pk"))
    return Group.objects.exclude(permissions__in=lacking)


def has_a_say_over(giver: User, person: User) -> bool:
    """Whether `person` may do nothing that `giver` may not: nobody changes, or takes over, an account above theirs."""
    if giver.is_superuser:
        return True
    return not person.is_superuser and not held_by(person).exclude(pk__in=held_by(giver).values("pk")).exists()
