# The target: `docker build -t quemiai-backend .`, then `docker run -p 4000:4000 --env-file .env quemiai-backend`.
# Both stages take the same base, since the environment's python is a link to the base's. Any image with Python 3.11,
# its venv module and the C library of the wheels (glibc 2.28 or newer) will do.
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS builder
# A mirror, or a folder of wheels where there is no registry. Arguments of this stage leave no trace in the image.
ARG PIP_INDEX_URL
ARG PIP_NO_INDEX
ARG PIP_FIND_LINKS
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY deploy/target.lock /build/target.lock
# Only what the target imports, by hash, and wheels only: nothing is compiled, so no compiler is needed.
RUN python3 -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --require-hashes --only-binary :all: -r /build/target.lock \
 && /opt/venv/bin/python -m pip uninstall --yes pip setuptools
COPY target /app/target
RUN /opt/venv/bin/python -m compileall -q /opt/venv/lib /app

FROM ${BASE} AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="quemiai-backend" \
      org.opencontainers.image.description="The backend of the production readiness guide" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Nothing is written but uploads: the root file system may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=4000 \
    UPLOAD_DIR=/data/uploads \
    APP_VERSION=${VERSION}
# A number, so that Kubernetes can see that it is not root.
RUN mkdir -p /data/uploads && chown -R 10001:10001 /data
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app
WORKDIR /app
USER 10001:10001
VOLUME ["/data/uploads"]
EXPOSE 4000
# Whether the process lives, not whether its database does: what restarts unhealthy containers must not do it for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"]
# SIGTERM reaches Python itself: it drains for DRAIN_SECONDS, finishes what it began, and exits with 0.
STOPSIGNAL SIGTERM
CMD ["python", "-m", "target"]
