locals {
  ends = "resource.type=\"cloud_run_job\" AND jsonPayload.event=\"run_end\""
}

resource "google_monitoring_notification_channel" "mail" {
  display_name = "shop: backups"
  type         = "email"
  labels       = { email_address = var.alert_email }
}

resource "google_logging_metric" "failed" {
  for_each = toset(var.jobs)
  name     = "${each.key}-failed"
  filter   = "${local.ends} AND resource.labels.job_name=\"${each.key}\" AND jsonPayload.exit_code!=\"0\""
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_logging_metric" "succeeded" {
  name   = "${var.backup_job}-succeeded"
  filter = "${local.ends} AND resource.labels.job_name=\"${var.backup_job}\" AND jsonPayload.exit_code=\"0\""
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_monitoring_alert_policy" "failed" {
  for_each              = google_logging_metric.failed
  display_name          = "${each.value.name}: a run ended with an error"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.mail.id]
  conditions {
    display_name = "exit status other than 0"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_job\" AND metric.type=\"logging.googleapis.com/user/${each.value.name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_SUM"
      }
    }
  }
  documentation {
    content = "1: a setting is wrong. 2: the database. 3: the storage. 4: a backup is bad. The record before has the reason."
  }
}

# Also when nothing runs at all: a scheduler that was paused, a quota, a removed job.
resource "google_monitoring_alert_policy" "absent" {
  display_name          = "${var.backup_job}: no backup succeeded for a day"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.mail.id]
  conditions {
    display_name = "no success"
    condition_absent {
      filter   = "resource.type=\"cloud_run_job\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.succeeded.name}\""
      duration = "84600s"
      aggregations {
        alignment_period   = "3600s"
        per_series_aligner = "ALIGN_SUM"
      }
    }
  }
}
