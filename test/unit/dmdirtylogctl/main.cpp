#define BOOST_TEST_MODULE dmdirtylogctl
#include <boost/test/unit_test.hpp>
