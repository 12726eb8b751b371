#define BOOST_TEST_MODULE dmdirtylogd
#include <boost/test/unit_test.hpp>
