# One image for web, worker and beat; the command decides.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --create-home --home-dir /home/voicepact voicepact
WORKDIR /app

COPY requirements.txt ./
RUN pip install --requirement requirements.txt

COPY . .
# The values only let the settings load; none of them is in the image's environment.
RUN SECRET_KEY=build WEBHOOK_SECRET=build AUDIT_SIGNING_KEY=build PAYMENT_REFERENCE_KEY=build \
    DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --no-input \
    && install -d -o voicepact -g voicepact /app/var /app/var/evidence /app/var/exports

USER voicepact
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "voicepact.wsgi:application"]
