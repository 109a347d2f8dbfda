"""The declared workflows as loaded, and the days that count as business days."""

from django.db import models


class WorkflowVersion(models.Model):
    """One version of a workflow's declaration, as read from its YAML file."""

    name = models.CharField(max_length=60)
    version = models.IntegerField()
    title = models.CharField(max_length=120)
    declaration = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "workflow_version"
        constraints = [models.UniqueConstraint("name", "version", name="workflow_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class BusinessDay(models.Model):
    """One day of a calendar that is not worked; weekends are not listed."""

    calendar = models.CharField(max_length=40)
    day = models.DateField()
    title = models.CharField(max_length=80)

    class Meta:
        db_table = "business_calendar"
        constraints = [models.UniqueConstraint("calendar", "day", name="business_calendar_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.title}"
